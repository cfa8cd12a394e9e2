export interface CatalogueOptions {
  /** Copies of the catalogue in a NATS cluster: 1, 3 or 5. Counts only when the bucket is first created. */
  readonly replicas: number;
  /** Hears what no caller is told, such as a damaged entry that a list leaves out. Default: nobody. */
  readonly onError?: ((error: Error) => void) | undefined;
}
