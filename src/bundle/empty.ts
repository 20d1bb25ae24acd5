/** Stands for modules that a library imports and never uses here. */
export default {};
