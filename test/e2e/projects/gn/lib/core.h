int one(void);
int two(void);
