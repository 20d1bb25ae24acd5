import { Text } from "ink";
import { Table } from "ink-table";
import type { PropsWithChildren, ReactNode } from "react";
import { useTheme } from "./theme.ts";

/** A small table with borders. The table measures its cells, but does not cut them: they come cut. */
export function StaticTable({ rows }: { rows: Record<string, string>[] }): ReactNode {
  const theme = useTheme();
  return (
    <Table
      data={rows}
      skeleton={({ children }: PropsWithChildren) => (
        <Text dimColor>{theme.ascii ? asciiLines(children) : children}</Text>
      )}
      header={({ children }: PropsWithChildren) => <Text {...theme.title}>{children}</Text>}
    />
  );
}

/** How many rows fit: a line each, one between two, three for the head and one below. */
export function tableRows(height: number): number {
  return Math.max(Math.floor((height - 3) / 2), 1);
}

function asciiLines(children: ReactNode): ReactNode {
  return typeof children === "string"
    ? children
        .replace(/[─]/g, "-")
        .replace(/[│]/g, "|")
        .replace(/[┌┬┐├┼┤└┴┘]/g, "+")
    : children;
}
