import { describe, expect, it } from '@jest/globals';
import type { FeedItem } from './feed-item.js';
import { feedItems } from './feed-items.js';
import { feedText } from './feed-text.js';
import { parseFeed } from './parse-thread.js';

const URL = 'https://news.example/feeds/all.xml';

async function itemsOf(document: string | Buffer, contentType?: string): Promise<FeedItem[]> {
  const parsed = await parseFeed(feedText(Buffer.from(document as string), contentType));
  return feedItems(parsed, URL);
}

/** As an event has it: without what is undefined. */
const plain = (items: readonly FeedItem[]) => JSON.parse(JSON.stringify(items)) as unknown[];

const RSS2 = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="pretty.xsl"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
 <channel>
  <title>Town &amp; Country</title>
  <link>https://news.example/</link>
  <description>All of it</description>
  <atom:link href="https://news.example/feeds/all.xml" rel="self" type="application/rss+xml"/>
  <item>
   <title><![CDATA[Bridge <b>open</b> again]]></title>
   <link> https://news.example/3 </link>
   <guid isPermaLink="false">
     tag:news.example,2026:3
   </guid>
   <pubDate>Tue, 03 Mar 2026 10:00:00 EST</pubDate>
   <dc:creator>Ann</dc:creator>
   <author>bob@news.example (Bob)</author>
   <category>Roads</category><category domain="x">Town</category><category>Roads</category>
   <description>&lt;p&gt;It&#8217;s open &amp;amp; free.&lt;/p&gt;</description>
   <content:encoded><![CDATA[<p>The whole story.</p>]]></content:encoded>
   <enclosure url="/audio/3.mp3" length="4711" type="audio/mpeg"/>
  </item>
  <item><title>Guid is the link</title><guid>https://news.example/2</guid><pubDate>not a date</pubDate></item>
  <item><description>Neither title nor link</description></item>
 </channel>
</rss>`;

const ATOM = `\uFEFF<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example/en/">
 <title type="html">A &lt;em&gt;blog&lt;/em&gt;</title>
 <id>urn:uuid:60a76c80</id>
 <link rel="self" href="feed.atom"/>
 <link href="./"/>
 <updated>2026-01-02T00:00:00Z</updated>
 <author><name>The editors</name></author>
 <entry>
  <title>Second</title>
  <id>urn:uuid:2</id>
  <link rel="edit" href="edit/2"/><link rel="alternate" href="2.html"/>
  <link rel="enclosure" type="video/mp4" length="5" href="https://cdn.example/2.mp4"/>
  <published>2026-01-02T01:00:00+02:00</published>
  <updated>2026-01-03T00:00:00Z</updated>
  <category term="t" label="Label"/>
  <summary>Short</summary>
  <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long &amp; <b>bold</b></p></div></content>
 </entry>
 <entry>
  <title>First</title><id>urn:uuid:1</id><link href="1.html"/><updated>2026-01-01T00:00:00Z</updated>
  <author><name>Ann</name></author>
 </entry>
</feed>`;

const RSS1 = `<?xml version="1.0" encoding="ISO-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
 <channel rdf:about="https://old.example/rss">
  <title>Caf\u00e9</title><link>https://old.example/</link><description>Old</description>
  <items><rdf:Seq><rdf:li rdf:resource="https://old.example/b"/><rdf:li rdf:resource="https://old.example/a"/></rdf:Seq></items>
 </channel>
 <item rdf:about="https://old.example/b">
  <title>\u00dcber</title><link>https://old.example/b?x=1&amp;y=2</link>
  <dc:date>2026-02-01T12:00:00+01:00</dc:date><dc:creator>Zo\u00eb</dc:creator><dc:subject>s</dc:subject>
 </item>
 <item rdf:about="https://old.example/a"><title>A</title><link>https://old.example/a</link></item>
</rdf:RDF>`;

describe('feedItems', () => {
  it('reads RSS 2.0 with the modules and quirks that feeds have, oldest first', async () => {
    const feed = { title: 'Town & Country', link: 'https://news.example/' };
    expect(plain(await itemsOf(RSS2))).toEqual([
      { id: expect.stringMatching(/^sha256:/), summary: 'Neither title nor link', feed },
      { id: 'https://news.example/2', title: 'Guid is the link', link: 'https://news.example/2', feed },
      {
        id: 'tag:news.example,2026:3',
        title: 'Bridge <b>open</b> again',
        link: 'https://news.example/3',
        published: '2026-03-03T15:00:00.000Z',
        authors: ['Bob', 'Ann'],
        categories: ['Roads', 'Town'],
        summary: '<p>It\u2019s open &amp; free.</p>',
        content: '<p>The whole story.</p>',
        enclosures: [{ url: 'https://news.example/audio/3.mp3', type: 'audio/mpeg', length: 4711 }],
        feed,
      },
    ]);
  });

  it('reads Atom with bases, alternate links, and the authors of the feed', async () => {
    const feed = { title: 'A <em>blog</em>', link: 'https://blog.example/en/' };
    expect(plain(await itemsOf(ATOM))).toEqual([
      {
        id: 'urn:uuid:1',
        title: 'First',
        link: 'https://blog.example/en/1.html',
        published: '2026-01-01T00:00:00.000Z',
        updated: '2026-01-01T00:00:00.000Z',
        authors: ['Ann'],
        feed,
      },
      {
        id: 'urn:uuid:2',
        title: 'Second',
        link: 'https://blog.example/en/2.html',
        published: '2026-01-01T23:00:00.000Z',
        updated: '2026-01-03T00:00:00.000Z',
        authors: ['The editors'],
        categories: ['Label'],
        summary: 'Short',
        content: '<p>Long &amp; <b>bold</b></p>',
        enclosures: [{ url: 'https://cdn.example/2.mp4', type: 'video/mp4', length: 5 }],
        feed,
      },
    ]);
  });

  it('reads RSS 1.0 in the encoding that it declares', async () => {
    const feed = { title: 'Caf\u00e9', link: 'https://old.example/' };
    expect(plain(await itemsOf(Buffer.from(RSS1, 'latin1')))).toEqual([
      { id: 'https://old.example/a', title: 'A', link: 'https://old.example/a', feed },
      {
        id: 'https://old.example/b',
        title: '\u00dcber',
        link: 'https://old.example/b?x=1&y=2',
        published: '2026-02-01T11:00:00.000Z',
        authors: ['Zo\u00eb'],
        categories: ['s'],
        feed,
      },
    ]);
  });

  it('keeps the order of a feed that has its oldest item first, as its dates say', async () => {
    const item = (n: number) =>
      `<item><guid>${n}</guid><pubDate>Thu, 0${n} Jan 2026 00:00:00 GMT</pubDate></item>`;
    const feed = (numbers: number[]) =>
      `<rss version="2.0"><channel><title>t</title>${numbers.map(item).join('')}</channel></rss>`;
    for (const numbers of [
      [1, 2, 3],
      [3, 2, 1],
    ]) {
      expect((await itemsOf(feed(numbers))).map(({ id }) => id)).toEqual(['1', '2', '3']);
    }
  });

  it('gives an item without id and link the same id as long as it says the same', async () => {
    const feed = (text: string) =>
      `<rss version="2.0"><channel><title>t</title><item><description>${text}</description></item></channel></rss>`;
    const ids = await Promise.all(['a', 'a', 'b'].map(async (text) => (await itemsOf(feed(text)))[0]?.id));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it('leaves out links that are none of the web', async () => {
    const [item] = await itemsOf(
      '<rss version="2.0"><channel><title>t</title><item><title>x</title><link>javascript:alert(1)</link></item></channel></rss>',
    );
    expect(item?.link).toBeUndefined();
  });

  it('has no items for a feed without any', async () => {
    expect(await itemsOf('<rss version="2.0"><channel><title>empty</title></channel></rss>')).toEqual([]);
  });
});

describe('a document that is no feed', () => {
  it.each([
    ['HTML', '<!DOCTYPE html><html><head><title>x</title></head><body>no feed</body></html>', /no feed/],
    ['JSON', '{"version":"https://jsonfeed.org/version/1.1","items":[]}', /no feed/],
    ['nothing', '', /no feed/],
    ['bytes', '\u0000\u0001\u0002', /no feed/],
    ['a feed that was cut off', RSS2.slice(0, 900), /well-formed/],
    ['mixed-up tags', '<rss version="2.0"><channel><item></channel></item></rss>', /well-formed/],
  ])('is refused with a reason: %s', async (_what, document, reason) => {
    await expect(itemsOf(document)).rejects.toMatchObject({ code: 'source-failure', message: reason });
  });
});

describe('a document that is meant to do harm', () => {
  it('has its entities left as they are, however many they would become', async () => {
    const levels = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
      '',
    );
    const [item] = await itemsOf(
      `<!DOCTYPE rss [<!ENTITY l0 "lol">${levels}]>
       <rss version="2.0"><channel><title>t</title><item><title>&l9;</title></item></channel></rss>`,
    );
    expect(item?.title).toBe('&l9;');
  });

  it('is refused when it names files to take in', async () => {
    const document =
      '<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><title>&file;</title></channel></rss>';
    await expect(itemsOf(document)).rejects.toMatchObject({ message: /well-formed/ });
  });

  it('is nested, or full of attributes, without stopping anything else', async () => {
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
    }, 10);
    const attributes = Array.from({ length: 60_000 }, (_, n) => `a${n}="b"`).join(' ');
    const documents = [
      `<rss version="2.0"><channel>${'<a>'.repeat(100_000)}</channel></rss>`,
      `<rss version="2.0"><channel><title>t</title><item ${attributes}/></channel></rss>`,
    ];
    await Promise.allSettled(documents.map((document) => itemsOf(document)));
    clearInterval(turning);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('feedText', () => {
  const text = '<?xml version="1.0" encoding="windows-1252"?><t>\u00e9\u20ac</t>';
  const bytes = Buffer.from(text.replace('\u20ac', '\u0080'), 'latin1');

  it('believes the byte order mark before the Content-Type, and that before the declaration', () => {
    expect(feedText(bytes, 'text/xml')).toBe(text);
    expect(feedText(bytes, 'text/xml; charset=windows-1251')).toContain('\u0439');
    const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<t>\u00e9</t>', 'utf16le')]);
    expect(feedText(marked, 'text/xml; charset=utf-8')).toBe('<t>\u00e9</t>');
  });

  it('takes UTF-8 for what says nothing, or something unknown', () => {
    expect(feedText(Buffer.from('<t>\u00e9</t>'), undefined)).toBe('<t>\u00e9</t>');
    expect(feedText(Buffer.from('<t>\u00e9</t>'), 'text/xml; charset=klingon')).toBe('<t>\u00e9</t>');
  });
});
