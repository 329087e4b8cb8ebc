int quick(int n);

int quick(int n)
{
	if (n)
		return 1;
	else
		return 2;
}
