int slow(const int *p);

/* for the analyzer */
int slow(const int *p)
{
	if (!p)
		return *p;
	return 0;
}
