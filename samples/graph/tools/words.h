#define IS_SPACE(c) ((c) == ' ' || (c) == '\t' || (c) == '\n')
