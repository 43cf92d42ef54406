// What `npm run lint` checks.
const js = require("@eslint/js");

module.exports = [
  { ignores: ["**/dist/**", "**/*.ts"] },
  js.configs.recommended,
  { languageOptions: { sourceType: "commonjs", globals: { __dirname: "readonly", module: "writable", require: "readonly", test: "readonly", expect: "readonly" } } },
];
