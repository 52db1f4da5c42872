export { bareMission } from './bare-mission.js';
export { bareTask } from './bare-task.js';
export { sequence } from './sequence.js';
