#include <string.h>

#include "arena.h"
#include "entity.h"
#include "entity_table.h"
#include "escape.h"
#include "expect.h"
#include "number.h"
#include "slug.h"
#include "strbuf.h"
#include "utf8.h"
#include "wrap.h"

static void test_utf8(void) {
  struct strbuf out = {0};
  utf8_add(&out, 0x20AC);
  utf8_add(&out, 0x1F600);
  utf8_add(&out, 0xD800);
  EXPECT_TEXT(out.data, "\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBD");
  struct strview rest = strbuf_view(&out);
  EXPECT(utf8_next(&rest) == 0x20AC);
  EXPECT(utf8_next(&rest) == 0x1F600);
  struct strview wrong = VIEW("\xC0\x80z");
  EXPECT(utf8_next(&wrong) == UTF8_REPLACEMENT && wrong.length == 2);
  EXPECT(utf8_columns(VIEW("e\xCC\x81\xE4\xB8\xAD")) == 3);
  strbuf_free(&out);
}

static void test_entities(void) {
  struct strbuf out = {0};
  EXPECT(entity_add(&out, VIEW("&hellip;")) == 8);
  EXPECT(entity_add(&out, VIEW("&#65;")) == 5);
  EXPECT(entity_add(&out, VIEW("&#x42;")) == 6);
  EXPECT(entity_add(&out, VIEW("&nosuch;")) == 0);
  EXPECT(entity_add(&out, VIEW("&amp")) == 0);
  EXPECT_TEXT(out.data, "\xE2\x80\xA6" "AB");
  EXPECT(ENTITY_COUNT > 90);
  strbuf_free(&out);
}

static void test_escapes(void) {
  struct strbuf out = {0};
  escape_html(&out, VIEW("a<b & \"c\">"));
  EXPECT_TEXT(out.data, "a&lt;b &amp; &quot;c&quot;&gt;");
  strbuf_clear(&out);
  escape_roff(&out, VIEW(".so a-b\\c"));
  EXPECT_TEXT(out.data, "\\&.so a\\-b\\ec");
  strbuf_clear(&out);
  escape_url(&out, VIEW("/a b?x=1&y=\""));
  EXPECT_TEXT(out.data, "/a%20b?x=1&amp;y=%22");
  strbuf_free(&out);
}

static void test_numbers(void) {
  uint32_t value = 7;
  EXPECT(number_parse(VIEW("1F600"), 16, 0x10FFFF, &value) && value == 0x1F600);
  EXPECT(!number_parse(VIEW("4294967296"), 10, UINT32_MAX, &value));
  EXPECT(!number_parse(VIEW(""), 10, 9, &value));
  EXPECT(number_compare(VIEW("-2"), VIEW("1.5")) < 0);
  EXPECT(number_compare(VIEW("10"), VIEW("9.99")) > 0);
  EXPECT(number_compare(VIEW("-0.0"), VIEW("0")) == 0);
}

static void test_wrapping(void) {
  struct strbuf out = {0};
  struct wrap_margins margins = {VIEW("- "), VIEW("  "), 12};
  wrap_add(&out, VIEW("one two three four"), &margins);
  EXPECT_TEXT(out.data, "- one two\n  three four\n");
  strbuf_free(&out);
}

static void test_slugs(void) {
  struct arena arena = {0};
  struct slugs slugs = {&arena, {0}};
  EXPECT_TEXT(slug_make(&slugs, VIEW("Hello, World!")), "hello-world");
  EXPECT_TEXT(slug_make(&slugs, VIEW("hello world")), "hello-world-2");
  EXPECT_TEXT(slug_make(&slugs, VIEW("***")), "section");
  slugs_free(&slugs);
  arena_free(&arena);
}

void test_text(void) {
  test_utf8();
  test_entities();
  test_escapes();
  test_numbers();
  test_wrapping();
  test_slugs();
}
