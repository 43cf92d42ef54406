/* A test is a function that calls expect; main.c runs them all. */
#ifndef EXPECT_H
#define EXPECT_H

#include <stdbool.h>

void expect_true(bool holds, const char *claim, const char *file, int line);
void expect_text(const char *got, const char *wanted, const char *file, int line);

#define EXPECT(claim) expect_true((claim), #claim, __FILE__, __LINE__)
#define EXPECT_TEXT(got, wanted) expect_text((got), (wanted), __FILE__, __LINE__)

void test_text(void);
void test_table(void);
void test_document(void);

#endif
