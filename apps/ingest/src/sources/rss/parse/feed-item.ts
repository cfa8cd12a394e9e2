/** An item of a feed, in one form for all formats. What an item does not have is left out. */
export interface FeedItem {
  /** What its feed calls it: guid, id or rdf:about; else its link; else made of its text. */
  readonly id: string;
  readonly title?: string | undefined;
  readonly link?: string | undefined;
  /** ISO 8601, like `updated`. */
  readonly published?: string | undefined;
  readonly updated?: string | undefined;
  readonly authors?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** HTML or text, as it came; so is `content`. */
  readonly summary?: string | undefined;
  readonly content?: string | undefined;
  readonly enclosures?: readonly FeedEnclosure[] | undefined;
  readonly feed: FeedInfo;
}

export interface FeedEnclosure {
  readonly url: string;
  readonly type?: string | undefined;
  /** Bytes. */
  readonly length?: number | undefined;
}

/** The feed that an item is from. */
export interface FeedInfo {
  readonly title?: string | undefined;
  readonly link?: string | undefined;
}

/** An item as its format has it: with or without an id of its own. */
export type WrittenItem = Omit<FeedItem, 'id' | 'feed'> & { readonly id: string | undefined };
