import type { Mac } from "../../../support/facts.ts";

/** A Mac on which a diagnosis is told, and one near to it on which it is not. */
export interface DiagnosisCase {
  readonly id: string;
  readonly when: string;
  readonly told: Mac;
  readonly butNot: string;
  readonly near: Mac;
}
