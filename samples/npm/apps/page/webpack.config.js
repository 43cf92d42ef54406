// The counter for browsers.
const path = require("node:path");

module.exports = {
  mode: "production",
  entry: "./src/page.js",
  output: { path: path.join(__dirname, "dist"), filename: "page.js" },
  performance: { hints: false },
};
