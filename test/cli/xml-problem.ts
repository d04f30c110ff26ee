/** What is wrong with XML: every element has to be closed, in order, every text be without bare reserved characters. */
export function xmlProblem(text: string): string | undefined {
  const open: string[] = [];
  const body = text.replace(/<\?.*?\?>|<!DOCTYPE[^>]*>|<!--[^]*?-->/g, '');
  for (const [, between = '', closing, name = '', , empty] of body.matchAll(
    /([^<]*)<(\/?)([A-Za-z]+)((?:\s+[\w:-]+="[^"<&]*(?:&[#\w]+;[^"<&]*)*")*)\s*(\/?)>/g,
  )) {
    if (/&(?![#\w]+;)/.test(between) || between.includes('>')) return `text ${between}`;
    if (closing === '/') {
      if (open.pop() !== name) return `</${name}>`;
    } else if (empty !== '/') open.push(name);
  }
  const tags = body.match(/</g)?.length ?? 0;
  const seen = body.match(/<\/?[A-Za-z]+(?:\s+[\w:-]+="[^"]*")*\s*\/?>/g)?.length ?? 0;
  return tags === seen && open.length === 0 ? undefined : `open ${open.join()}, ${tags} of ${seen}`;
}
