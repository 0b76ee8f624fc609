/** Labels are field groups of their own. Their keys may hold '/', row groups may not. */
const PREFIX = 'label.';

export const labelGroup = (key: string): string =>
  `${PREFIX}${key.replaceAll('%', '%25').replaceAll('/', '%2f')}`;

export const isLabelGroup = (group: string): boolean => group.startsWith(PREFIX);

export const labelKey = (group: string): string =>
  group.slice(PREFIX.length).replaceAll('%2f', '/').replaceAll('%25', '%');
