# dialogue_add_app: from one header of definitions to a server program, a TypeScript module and a browser client.
