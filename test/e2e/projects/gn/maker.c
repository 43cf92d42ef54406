#include <stdio.h>

int shared(int x);

/* maker WORDS SOURCE HEADER */
int main(int count, char **arguments) {
  char word[80];
  int words = 0;
  if (count != 4) return 2;
  FILE *in = fopen(arguments[1], "r"), *source = fopen(arguments[2], "w"), *header = fopen(arguments[3], "w");
  if (in == NULL || source == NULL || header == NULL) return 1;
  fputs("const char *const table[] = {\n", source);
  for (; fscanf(in, "%79s", word) == 1; words = shared(words)) fprintf(source, "  \"%s\",\n", word);
  fputs("};\n", source);
  fprintf(header, "#define TABLE_LENGTH %d\n", words);
  return fclose(source) != 0 || fclose(header) != 0;
}
