/** The agent's version, from the package. */
import packageJson from '../package.json' with { type: 'json' };

export const VERSION: string = packageJson.version;
