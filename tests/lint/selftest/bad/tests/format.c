int  twisted( void ) { return 0; }
