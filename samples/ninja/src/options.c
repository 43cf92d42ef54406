#include "options.h"

#include <stdio.h>
#include <string.h>

#include "number.h"

enum option_kind { OPTION_TEXT, OPTION_FLAG, OPTION_NUMBER, OPTION_BYTE };

struct option {
  const char *name;
  enum option_kind kind;
  size_t place; /* offset in struct options */
};

#define OPTION(name, kind, member) {name, kind, offsetof(struct options, member)}

static const struct option known[] = {
    OPTION("--css", OPTION_TEXT, css_file),
    OPTION("--title", OPTION_TEXT, render.title),
    OPTION("--contents", OPTION_FLAG, render.contents),
    OPTION("--fragment", OPTION_FLAG, render.fragment),
    OPTION("--width", OPTION_NUMBER, render.width),
    OPTION("--columns", OPTION_TEXT, columns),
    OPTION("--where", OPTION_TEXT, where),
    OPTION("--sort", OPTION_TEXT, sort),
    OPTION("--descending", OPTION_FLAG, descending),
    OPTION("--separator", OPTION_BYTE, separator),
    OPTION("-o", OPTION_TEXT, output),
};

static const struct option *find(const char *name) {
  for (size_t i = 0; i < ARRAY_LENGTH(known); i++)
    if (strcmp(known[i].name, name) == 0) return &known[i];
  return NULL;
}

static bool complain(const char *what, const char *argument) {
  fprintf(stderr, "quill: %s \"%s\"\n", what, argument);
  return false;
}

static bool store(struct options *options, const struct option *option, const char *value) {
  void *place = (char *)options + option->place;
  uint32_t number;
  switch (option->kind) {
    case OPTION_FLAG: *(bool *)place = true; return true;
    case OPTION_TEXT: *(const char **)place = value; return true;
    case OPTION_BYTE:
      if (view_within(value, 2).length != 1) return complain("expected one character, not", value);
      *(char *)place = value[0];
      return true;
    case OPTION_NUMBER:
      if (!number_parse(view_of(value), 10, 1000, &number) || number < 20)
        return complain("expected a number from 20 to 1000, not", value);
      *(size_t *)place = number;
      return true;
  }
  return false;
}

bool options_read(struct options *options, int count, char **arguments) {
  *options = (struct options){.separator = ','};
  for (int i = 0; i < count; i++) {
    const char *argument = arguments[i];
    if (argument[0] != '-' || argument[1] == 0) {
      if (options->input != NULL) return complain("one input file only, not also", argument);
      options->input = argument;
      continue;
    }
    const struct option *option = find(argument);
    if (option == NULL) return complain("unknown option", argument);
    if (option->kind != OPTION_FLAG && i + 1 == count) return complain("a value is missing after", argument);
    const char *value = option->kind == OPTION_FLAG ? NULL : arguments[++i];
    if (!store(options, option, value)) return false;
  }
  if (options->input != NULL && strcmp(options->input, "-") == 0) options->input = NULL;
  return true;
}
