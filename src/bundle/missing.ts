/** Stands for native modules that a library tries to load and does without where they are missing. */
throw new Error("this native module is not part of the program");
