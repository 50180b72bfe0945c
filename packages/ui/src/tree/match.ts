import type { NodeRecord } from '@patchbay/core/client';

/** Tells whether a node matches a filter, by its path or by one of its other names. */
export type NodeMatcher = (node: Pick<NodeRecord, 'path' | 'aliases'>) => boolean;

/**
 * Reads a filter. Without a star it is text that occurs in a name, whatever its case. With stars it is a
 * glob that fits the whole name or its last parts: `*` stands for anything inside one part, `**` for any
 * number of parts. The bar before parts of values counts as a dot. Null means that everything matches.
 */
export function nodeMatcher(filter: string): NodeMatcher | null {
  const matches = nameMatcher(filter);
  return matches && (({ path, aliases }) => matches(path) || aliases.some(matches));
}

function nameMatcher(filter: string): ((name: string) => boolean) | null {
  const text = filter.trim();
  if (text === '') return null;
  if (text.includes('*')) {
    const glob = globExpression(withDots(text));
    return (name) => glob.test(withDots(name));
  }
  const lower = withDots(text.toLowerCase());
  return (name) => withDots(name.toLowerCase()).includes(lower);
}

function withDots(name: string): string {
  return name.replaceAll('|', '.');
}

function globExpression(glob: string): RegExp {
  const body = glob
    // More stars mean no more than two do, and would make the search for a match explode.
    .replace(/\*{3,}/g, '**')
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === '**') return '.*';
      return part === '*' ? '[^.]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`(?:^|\\.)${body}$`, 'i');
}
