#!/usr/bin/env node
// notes FILE TEXT...: appends a line, and prints the words that are most frequent by now.
import { append, frequent } from "@notebook/journal";
import { printCounts } from "@notebook/words";

const [file = "notes.txt", ...words] = process.argv.slice(2);
append(file, words.join(" "));
process.stdout.write(printCounts(frequent(file)));
