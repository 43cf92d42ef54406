#include <stdio.h>
#include <string.h>

#include "core.h"

/* maker table WORDS SOURCE HEADER; maker pages WORDS DIRECTORY */
int main(int count, char **arguments) {
  char word[80], path[200];
  int words = 0;
  if (count < 4) return 2;
  FILE *in = fopen(arguments[2], "r");
  if (in == NULL) return 1;
  if (strcmp(arguments[1], "table") == 0) {
    FILE *source = fopen(arguments[3], "w"), *header = fopen(arguments[4], "w");
    fputs("const char *const table[] = {\n", source);
    for (; fscanf(in, "%79s", word) == 1; words = core_add(words, 1)) fprintf(source, "  \"%s\",\n", word);
    fputs("};\n", source);
    fprintf(header, "#define TABLE_LENGTH %d\n", words);
    return fclose(source) != 0 || fclose(header) != 0;
  }
  for (; fscanf(in, "%79s", word) == 1; words = core_add(words, 1)) {
    snprintf(path, sizeof path, "%s/%d.txt", arguments[3], words);
    FILE *page = fopen(path, "w");
    if (page == NULL) return 1;
    fprintf(page, "%d %s\n", words, word);
    fclose(page);
  }
  return 0;
}
