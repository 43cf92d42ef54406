#include "csv_reader.h"
#include "strbuf.h"

static enum csv_end read_end(struct csv_reader *reader) {
  if (reader->rest.length == 0) return CSV_TEXT;
  char byte = reader->rest.data[0];
  reader->rest = view_from(reader->rest, 1);
  if (byte == reader->separator) return CSV_FIELD;
  if (byte == '\r' && reader->rest.length > 0 && reader->rest.data[0] == '\n')
    reader->rest = view_from(reader->rest, 1);
  else if (byte != '\n')
    reader->problem = "text after a closing quote";
  reader->line++;
  return reader->rest.length == 0 ? CSV_TEXT : CSV_ROW;
}

static void read_quoted(struct csv_reader *reader, struct strview *field) {
  struct strbuf text = {0};
  strbuf_reserve(&text, STRBUF_FIRST_CAPACITY);
  size_t at = 1;
  for (;; at++) {
    if (at >= reader->rest.length) {
      reader->problem = "a quote is not closed";
      break;
    }
    char byte = reader->rest.data[at];
    if (byte == '"') {
      if (at + 1 >= reader->rest.length || reader->rest.data[at + 1] != '"') break;
      at++;
    }
    if (byte == '\n') reader->line++;
    strbuf_add_byte(&text, byte);
  }
  reader->rest = view_from(reader->rest, at + 1);
  *field = (struct strview){arena_copy(reader->arena, strbuf_view(&text).data, text.length), text.length};
  strbuf_free(&text);
}

enum csv_end csv_read_field(struct csv_reader *reader, struct strview *field) {
  if (reader->rest.length > 0 && reader->rest.data[0] == '"') {
    read_quoted(reader, field);
    return read_end(reader);
  }
  size_t at = 0;
  while (at < reader->rest.length && reader->rest.data[at] != reader->separator && reader->rest.data[at] != '\n') at++;
  *field = view_trim_end(view_slice(reader->rest, 0, at));
  reader->rest = view_from(reader->rest, at);
  return read_end(reader);
}
