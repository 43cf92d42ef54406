// Counts the words of the page that it is in.
const { countWords, printCounts } = require("@notebook/words");

globalThis.countPage = (text) => printCounts(countWords(text));
