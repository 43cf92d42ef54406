#include <quill/quill.h>
#include <quill/version.h>

const char *quill_version(void) { return QUILL_VERSION; }
