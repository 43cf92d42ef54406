// Where the command line keeps what it remembers of a build.

/** Directory in the build directory. */
export const stateDirectory = ".unravel";
