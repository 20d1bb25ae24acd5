// Imported first: Ink draws without colours, bold and inverse unless the process has a terminal that shows them.
process.env.FORCE_COLOR = "1";
