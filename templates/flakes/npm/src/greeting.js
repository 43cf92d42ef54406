// The greeting, and nothing else.
export const greeting = (name) => `Hello, ${name}!`;
