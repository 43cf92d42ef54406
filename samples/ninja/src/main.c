#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "usage.h"

static int run(const char *command, const struct options *options) {
  if (strcmp(command, "html") == 0) return command_render(options, QUILL_HTML);
  if (strcmp(command, "text") == 0) return command_render(options, QUILL_TEXT);
  if (strcmp(command, "man") == 0) return command_render(options, QUILL_MAN);
  if (strcmp(command, "outline") == 0) return command_outline(options);
  if (strcmp(command, "table") == 0) return command_table(options);
  fprintf(stderr, "quill: unknown command \"%s\"\n", command);
  return EXIT_USAGE;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fputs(USAGE, stderr);
    return EXIT_USAGE;
  }
  if (strcmp(argv[1], "--help") == 0) {
    fputs(USAGE, stdout);
    return EXIT_GOOD;
  }
  if (strcmp(argv[1], "--version") == 0) {
    printf("quill %s\n", quill_version());
    return EXIT_GOOD;
  }
  struct options options;
  if (!options_read(&options, argc - 2, argv + 2)) return EXIT_USAGE;
  return run(argv[1], &options);
}
