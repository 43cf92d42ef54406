#include <quill/quill.h>
#include <quill/version.h>

#include <stdlib.h>
#include <string.h>

#include "expect.h"

static char *render(const char *text, enum quill_format format) {
  const struct quill_options options = {.fragment = true, .width = 30};
  struct quill_document *document = quill_parse(text, strlen(text));
  char *rendered = quill_render(document, format, &options, NULL);
  quill_free(document);
  return rendered;
}

static void expect_rendered(const char *text, enum quill_format format, const char *wanted, int line) {
  char *rendered = render(text, format);
  expect_text(rendered, wanted, __FILE__, line);
  free(rendered);
}

#define EXPECT_HTML(text, wanted) expect_rendered(text, QUILL_HTML, wanted, __LINE__)

static void test_inlines(void) {
  EXPECT_HTML("a *b **c*** `d*`", "<p>a <em>b <strong>c</strong></em> <code>d*</code></p>\n");
  EXPECT_HTML("snake_case_name 2 * 3 * 4", "<p>snake_case_name 2 * 3 * 4</p>\n");
  EXPECT_HTML("[x](/y) [z][k]\n\n[K]: /k", "<p><a href=\"/y\">x</a> <a href=\"/k\">z</a></p>\n");
  EXPECT_HTML("\\*a\\* &copy; &nope;", "<p>*a* \xC2\xA9 &amp;nope;</p>\n");
  EXPECT_HTML("a  \nb", "<p>a<br>\nb</p>\n");
}

static void test_blocks(void) {
  EXPECT_HTML("# A #\n## A", "<h1 id=\"a\">A</h1>\n<h2 id=\"a-2\">A</h2>\n");
  EXPECT_HTML("- a\n- b\n  1. c", "<ul>\n<li>a</li>\n<li>b\n<ol>\n<li>c</li>\n</ol>\n</li>\n</ul>\n");
  EXPECT_HTML("> a\n> > b", "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>\n");
  EXPECT_HTML("~~~ c\n<a>\n~~~", "<pre><code class=\"language-c\">&lt;a&gt;\n</code></pre>\n");
  EXPECT_HTML("a|b\n-|-:\n1|2", "<table>\n<tr><th>a</th><th style=\"text-align: right\">b</th></tr>\n"
                                "<tr><td>1</td><td style=\"text-align: right\">2</td></tr>\n</table>\n");
}

static void test_plain(void) {
  expect_rendered("Title\n\n1. first\n2. second item that is long enough", QUILL_TEXT,
                  "Title\n\n1. first\n2. second item that is long\n   enough\n", __LINE__);
}

static void test_man(void) {
  expect_rendered("# q(1)\n## NAME\n.x **b**", QUILL_MAN,
                  ".TH \"Q\" 1 \"\" \"" QUILL_PRODUCT "\"\n.SH NAME\n.PP\n\\&.x \\fBb\\fR\n", __LINE__);
}

void test_document(void) {
  EXPECT_TEXT(quill_version(), QUILL_VERSION);
  test_inlines();
  test_blocks();
  test_plain();
  test_man();
}
