export { approval } from './approval.js';
export { archive } from './archive.js';
export { budget } from './budget.js';
export { housekeeping } from './housekeeping.js';
export { mission } from './mission.js';
export { review } from './review.js';
export { task } from './task.js';
export { triage } from './triage.js';
