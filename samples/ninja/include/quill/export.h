/* QUILL_API marks what the shared library lets others see. */
#ifndef QUILL_EXPORT_H
#define QUILL_EXPORT_H

#if defined(__GNUC__)
#define QUILL_API __attribute__((visibility("default")))
#else
#define QUILL_API
#endif

#endif
