import { serve } from 'litemodel/sqlite-wasm-worker';

serve();
