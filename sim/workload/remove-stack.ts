import { commanding } from './command.ts';

export const removeStack = commanding('remove-stack', () => ({ command: 'removeStack', stack: 'shop' }));
