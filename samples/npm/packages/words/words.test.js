// Runs on what the build made.
const { countWords, printCounts } = require("@notebook/words");

test("words are counted whatever their case", () => {
  expect(printCounts(countWords("The cat and the dog"))).toBe("2 the\n1 and\n1 cat\n1 dog\n");
});
