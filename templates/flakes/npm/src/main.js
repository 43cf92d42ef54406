#!/usr/bin/env node
// Prints a greeting.
import { greeting } from "./greeting.js";

console.log(greeting("world"));
