#include "files.h"

#include <stdio.h>
#ifdef HAVE_ISATTY
#include <unistd.h>
#endif

static bool complain(const char *what, const char *path) {
  fprintf(stderr, "quill: cannot %s %s\n", what, path == NULL ? "the standard streams" : path);
  return false;
}

static void explain_waiting(const char *path) {
#ifdef HAVE_ISATTY
  if (path == NULL && isatty(STDIN_FILENO)) fputs("quill: reading from the terminal; end with control-D\n", stderr);
#else
  (void)path;
#endif
}

bool files_read(const char *path, struct strbuf *text) {
  char block[4096];
  explain_waiting(path);
  FILE *file = path == NULL ? stdin : fopen(path, "rb");
  if (file == NULL) return complain("open", path);
  size_t length;
  while ((length = fread(block, 1, sizeof block, file)) > 0) strbuf_add(text, block, length);
  bool failed = ferror(file) != 0;
  if (path != NULL) fclose(file);
  return !failed || complain("read", path);
}

bool files_write(const char *path, struct strview text) {
  FILE *file = path == NULL ? stdout : fopen(path, "wb");
  if (file == NULL) return complain("create", path);
  bool failed = fwrite(text.data, 1, text.length, file) != text.length;
  failed = (path == NULL ? fflush(file) : fclose(file)) != 0 || failed;
  return !failed || complain("write", path);
}
