// The way that most integrations go, over Pipedrive's own client: look each record up, then create what is not there.
//
//   node search_then_create.cjs FOLDER_WITH_node_modules BASE_URL TOKEN < records.jsonl
//
// A line of the input is a contact: {name, email, company, sends: [{subject, due_date, due_time, note}]}.
// Prints {"records": n}: organizations, persons and activities that it created.

"use strict";

const readline = require("node:readline");

const [, , folder, baseUrl, token] = process.argv;
const { Configuration, PersonsApi, OrganizationsApi, ActivitiesApi } = require(
  require.resolve("pipedrive/v2", { paths: [folder] }),
);

async function main() {
  const config = new Configuration({ apiKey: token, basePath: `${baseUrl}/api/v2` });
  const persons = new PersonsApi(config);
  const organizations = new OrganizationsApi(config);
  const activities = new ActivitiesApi(config);
  const known = new Map(); // the search index lags, so it remembers what it made itself
  let records = 0;

  async function organization(name) {
    const found = await organizations.searchOrganization({ term: name, fields: "name", exact_match: true });
    const there = found.data.items[0]?.item.id ?? known.get(name);
    if (there) return there;
    const made = await organizations.addOrganization({ AddOrganizationRequest: { name } });
    known.set(name, made.data.id);
    records += 1;
    return made.data.id;
  }

  for await (const line of readline.createInterface({ input: process.stdin })) {
    const contact = JSON.parse(line);
    const org_id = await organization(contact.company);
    const found = await persons.searchPersons({ term: contact.email, fields: "email", exact_match: true });
    let person_id = found.data.items[0]?.item.id;
    if (!person_id) {
      const emails = [{ value: contact.email, primary: true }];
      const made = await persons.addPerson({ AddPersonRequest: { name: contact.name, emails, org_id } });
      person_id = made.data.id;
      records += 1;
    }
    for (const send of contact.sends) {
      const participants = [{ person_id, primary: true }];
      await activities.addActivity({ AddActivityRequest: { ...send, done: true, org_id, participants } });
      records += 1;
    }
  }
  process.stdout.write(`${JSON.stringify({ records })}\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.response ? JSON.stringify(error.response.data) : error}\n`);
  process.exitCode = 1;
});
