/** `METHOD path` -> route and parameters. Patterns are few, so a scan is fast enough and has no surprises. */
export interface Match<R extends string> {
  route: R;
  params: Record<string, string>;
}

/** null: no route has this path; otherwise the methods that have it. */
export function matchRoute<R extends string>(
  routes: readonly R[],
  method: string,
  path: string,
): Match<R> | string[] {
  const parts = path.split('/');
  const methods: string[] = [];
  for (const route of routes) {
    const [wanted = '', pattern = ''] = route.split(' ');
    const params = matchPath(pattern.split('/'), parts);
    if (!params) continue;
    if (wanted === method) return { route, params };
    methods.push(wanted);
  }
  return methods;
}

function matchPath(pattern: string[], parts: string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [i, piece] of pattern.entries()) {
    const part = parts[i] ?? '';
    if (piece.startsWith(':')) {
      const value = decodePart(part);
      if (value === null || value === '') return null;
      params[piece.slice(1)] = value;
    } else if (piece !== part) return null;
  }
  return params;
}

function decodePart(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
