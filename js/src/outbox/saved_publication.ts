// A publication as it is stored.
import type { Publication } from "../publications/publication.js";

export interface SavedPublication extends Publication {
  readonly id: number;
  /**
   * The resume secret for the next page, if this page's user is a guest: then the producer's numbers stay the user's
   * own.
   */
  resume?: string | undefined;
  /** Its number and the log in which it counts; 0 until it is sent. */
  number: number;
  epoch: number;
}
