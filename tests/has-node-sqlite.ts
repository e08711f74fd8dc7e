const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];

/** Whether this Node has a node:sqlite that `litemodel/node-sqlite` runs on. */
export const hasNodeSqlite = major >= 24 || (major === 22 && minor >= 16);
