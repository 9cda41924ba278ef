/** A run's reports, below its folder. */
export const reportFileNames = { csv: 'leaderboard.csv', markdown: 'report.md', html: 'report.html' } as const
