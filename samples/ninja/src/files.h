/* Whole files in and out. Each prints what went wrong and returns false. */
#ifndef FILES_H
#define FILES_H

#include "base.h"
#include "strbuf.h"

/* NULL is standard input. */
bool files_read(const char *path, struct strbuf *text);
/* NULL is standard output. */
bool files_write(const char *path, struct strview text);

#endif
