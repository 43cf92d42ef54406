/* The commands of the program. Each returns the exit code. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <quill/quill.h>

#include "base.h"
#include "options.h"

enum exit_code { EXIT_GOOD = 0, EXIT_INPUT = 1, EXIT_USAGE = 2 };

int command_render(const struct options *options, enum quill_format format);
int command_outline(const struct options *options);
int command_table(const struct options *options);

#endif
