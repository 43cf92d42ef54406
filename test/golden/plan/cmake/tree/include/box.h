#define SIZE 0
int box(void);
