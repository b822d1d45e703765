import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // No file becomes a part of another: the server's Content-Security-Policy permits no data: addresses.
  build: { assetsInlineLimit: 0 },
  // "npm run dev" gets the settings from the program that `go run ./examples/web -dev` starts.
  server: { host: '127.0.0.1', port: 5173, strictPort: true, proxy: { '/settings.json': process.env['SETTINGS_FROM'] ?? 'http://127.0.0.1:8090' } },
});
