/** What the operator allows sources to do. */
export interface SourcePolicy {
  /** Whether feeds may be read from addresses that are not of the public internet. */
  readonly allowPrivateFeeds: boolean;
}
