import { contextBridge, ipcRenderer } from 'electron';

contextBridge.exposeInMainWorld('askForDatabase', () => ipcRenderer.send('database'));

// no port gets through a context bridge, but it gets through a message
ipcRenderer.on('database', ({ ports }) => window.postMessage('database', '*', ports));
