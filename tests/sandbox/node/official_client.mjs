// Drives a served sandbox with Pipedrive's official client: everything that nrpd touches, created, read, listed,
// changed, searched and deleted, and each answer's values checked. The account must be new.
//
//   SANDBOX_URL=http://127.0.0.1:<port> SANDBOX_TOKEN=<token> CLIENT_ROOT=<folder that holds node_modules> \
//     node official_client.mjs
//
// Prints {"client": version, "requests": [[method, path], …]}; the first wrong value ends it with exit code 1.

import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const { SANDBOX_URL, SANDBOX_TOKEN, CLIENT_ROOT } = process.env;
const require = createRequire(join(CLIENT_ROOT, 'package.json'));
const v1 = require('pipedrive/v1');
const v2 = require('pipedrive/v2');
const client = require(join(CLIENT_ROOT, 'node_modules', 'pipedrive', 'package.json'));

const PAUSE = 25; // milliseconds between requests: the client knows no burst limit, and the best plan allows 120 in 2 s
const NOTHING_SUCH = 4711;
const requests = [];

function open(version, Api) {
  const prefix = version === v1 ? '/api/v1' : '/api/v2';
  const api = new Api(new version.Configuration({ apiKey: SANDBOX_TOKEN, basePath: SANDBOX_URL + prefix }));
  api.axios.interceptors.request.use(async (config) => {
    await wait(PAUSE);
    requests.push([config.method.toUpperCase(), new URL(config.url).pathname]);
    return config;
  });
  return api;
}

async function data(answer) {
  const body = await answer;
  assert.equal(body.success, true);
  return body.data;
}

async function refused(answer, code, words) {
  const body = await answer.then(
    () => assert.fail(`not refused: ${words}`),
    (problem) => problem,
  );
  assert.equal(body.success, false, JSON.stringify(body));
  if (code) assert.equal(body.code, code);
  assert.ok(body.error.includes(words), body.error);
}

async function control(method, path, body) {
  const answer = await fetch(SANDBOX_URL + path, {
    method,
    headers: { 'x-api-token': SANDBOX_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
}

const indexed = () => control('POST', '/sandbox/clock', { advance: 10 }); // searches lag: move the clock past it
const names = (records) => records.map((record) => record.name);
const ids = (records) => records.map((record) => record.id);

const users = open(v1, v1.UsersApi);
const activityTypes = open(v1, v1.ActivityTypesApi);
const notes = open(v1, v1.NotesApi);
const files = open(v1, v1.FilesApi);
const relationships = open(v1, v1.OrganizationRelationshipsApi);
const persons = open(v2, v2.PersonsApi);
const organizations = open(v2, v2.OrganizationsApi);
const deals = open(v2, v2.DealsApi);
const activities = open(v2, v2.ActivitiesApi);
const pipelines = open(v2, v2.PipelinesApi);
const stages = open(v2, v2.StagesApi);
const items = open(v2, v2.ItemSearchApi);

async function account() {
  const me = await data(users.getCurrentUser());
  assert.equal(me.is_you, true);
  assert.match(me.company_domain, /^\w+/);
  assert.deepEqual(ids(await data(users.getUsers())), [me.id]);
  assert.equal((await data(users.getUser({ id: me.id }))).email, me.email);
  const found = await data(users.findUsersByName({ term: me.email, search_by_email: 1 }));
  assert.deepEqual(ids(found), [me.id]);
  const currencies = await data(open(v1, v1.CurrenciesApi).getCurrencies({ term: 'EUR' }));
  assert.deepEqual(currencies.map((one) => one.code), ['EUR']);
  assert.deepEqual(await data(open(v1, v1.BillingApi).getCompanyAddons()), []);
  await refused(users.getUser({ id: NOTHING_SUCH }), undefined, 'not found');
}

async function types() {
  const before = await data(activityTypes.getActivityTypes());
  assert.ok(before.some((type) => type.key_string === 'call' && type.active_flag));
  const made = await data(
    activityTypes.addActivityType({ AddActivityTypeRequest: { name: 'Marketing E-mail', icon_key: 'email' } }),
  );
  assert.deepEqual([made.key_string, made.is_custom_flag, made.color], ['marketing_e_mail', true, 'FFFFFF']);
  const change = { id: made.id, UpdateActivityTypeRequest: { name: 'Campaign mail', color: '00AA00' } };
  const changed = await data(activityTypes.updateActivityType(change));
  assert.deepEqual([changed.name, changed.key_string, changed.color], ['Campaign mail', 'marketing_e_mail', '00AA00']);
  return made;
}

async function sales() {
  const pipeline = await data(pipelines.addPipeline({ AddPipelineRequest: { name: 'Partners' } }));
  assert.deepEqual([pipeline.name, pipeline.is_deleted, pipeline.order_nr], ['Partners', false, 2]);
  const patch = { id: pipeline.id, UpdatePipelineRequest: { name: 'Resellers' } };
  assert.equal((await data(pipelines.updatePipeline(patch))).name, 'Resellers');
  assert.equal((await data(pipelines.getPipeline({ id: pipeline.id }))).name, 'Resellers');
  assert.deepEqual(names(await data(pipelines.getPipelines())), ['Pipeline', 'Resellers']);
  const request = { name: 'First', pipeline_id: pipeline.id, deal_probability: 30 };
  const stage = await data(stages.addStage({ AddStageRequest: request }));
  assert.deepEqual([stage.order_nr, stage.deal_probability], [1, 30]);
  await data(stages.updateStage({ id: stage.id, UpdateStageRequest: { deal_probability: 40 } }));
  assert.equal((await data(stages.getStage({ id: stage.id }))).deal_probability, 40);
  assert.deepEqual(ids(await data(stages.getStages({ pipeline_id: pipeline.id }))), [stage.id]);
  return { pipeline, stage };
}

// The five entities with custom fields have the same methods, under names of their own.
async function fields(entity) {
  const api = open(v2, v2[`${entity}FieldsApi`]);
  const of = (verb, more = '') => (request) => data(api[`${verb}${entity}Field${more}`](request));
  const body = { field_name: 'Lead Source', field_type: 'enum', options: [{ label: 'Web' }, { label: 'Fair' }] };
  const field = await of('add')({ [`Add${entity}FieldRequest`]: body });
  const code = { field_code: field.field_code };
  assert.match(field.field_code, /^[0-9a-f]{40}$/);
  assert.deepEqual(field.options.map((option) => option.label), ['Web', 'Fair']);
  await of('update')({ ...code, [`Update${entity}FieldRequest`]: { field_name: 'Source' } });
  const inner = (verb) => `${verb}DealFieldOptionsRequestInner`;
  const [third] = await of('add', 'Options')({ ...code, [inner('Add')]: [{ label: 'Mail' }] });
  assert.equal(third.label, 'Mail');
  await of('update', 'Options')({ ...code, [inner('Update')]: [{ id: third.id, label: 'E-mail' }] });
  const gone = await of('delete', 'Options')({ ...code, [inner('Delete')]: [{ id: field.options[0].id }] });
  assert.deepEqual(gone.map((option) => option.label), ['Web']);
  const shown = await of('get')(code);
  assert.equal(shown.field_name, 'Source');
  assert.deepEqual(shown.options.map((option) => option.label), ['Fair', 'E-mail']);
  const listed = await of('get', 's')({ limit: 500 });
  assert.deepEqual(listed.filter((one) => one.is_custom_field).map((one) => one.field_name), ['Source']);
  return { ...shown, remove: () => of('delete')(code), list: () => of('get', 's')({ limit: 500 }) };
}

async function activityFields() {
  const api = open(v2, v2.ActivityFieldsApi);
  const listed = await data(api.getActivityFields({ limit: 500 }));
  assert.ok(listed.some((field) => field.field_code === 'due_date'));
  const type = await data(api.getActivityField({ field_code: 'type' }));
  assert.ok(type.options.some((option) => option.label === 'Campaign mail'));
}

async function organizationRecords() {
  const request = { name: 'Acme', address: { value: '1 Main St', country: 'US' }, add_time: '2019-05-01T12:00:00Z' };
  const acme = await data(organizations.addOrganization({ AddOrganizationRequest: request }));
  assert.deepEqual([acme.name, acme.add_time, acme.visible_to], ['Acme', '2019-05-01T12:00:00Z', 7]);
  assert.deepEqual([acme.address.country, acme.address.locality], ['US', null]);
  const labs = await data(organizations.addOrganization({ AddOrganizationRequest: { name: 'Acme Labs' } }));
  const address = { address: { value: '2 Side St' } };
  const moved = await data(organizations.updateOrganization({ id: acme.id, UpdateOrganizationRequest: address }));
  assert.deepEqual([moved.address.value, moved.address.country], ['2 Side St', null]);
  assert.equal((await data(organizations.getOrganization({ id: acme.id }))).address.value, '2 Side St');
  const first = await organizations.getOrganizations({ limit: 1 });
  assert.deepEqual(ids(first.data), [acme.id]);
  const second = await organizations.getOrganizations({ limit: 1, cursor: first.additional_data.next_cursor });
  assert.deepEqual([ids(second.data), second.additional_data.next_cursor], [[labs.id], null]);
  return { acme, labs };
}

async function personRecords(acme, source) {
  const [fair, mail] = source.options;
  const request = {
    name: 'Ann Mary Lee',
    org_id: acme.id,
    emails: [{ value: 'ann@acme.example' }, { value: 'a@home.example', label: 'home' }],
    phones: [{ value: '+13035550100', primary: true, label: 'mobile' }],
    custom_fields: { [source.field_code]: fair.id },
  };
  const ann = await data(persons.addPerson({ AddPersonRequest: request }));
  assert.deepEqual([ann.first_name, ann.last_name, ann.org_id], ['Ann', 'Mary Lee', acme.id]);
  assert.deepEqual(ann.emails.map((one) => [one.value, one.primary, one.label]), [
    ['ann@acme.example', true, 'work'],
    ['a@home.example', false, 'home'],
  ]);
  const bob = await data(persons.addPerson({ AddPersonRequest: { name: 'Bob' } }));
  const change = { name: 'Ann Lee', custom_fields: { [source.field_code]: mail.id } };
  await data(persons.updatePerson({ id: ann.id, UpdatePersonRequest: change }));
  const shown = await data(persons.getPerson({ id: ann.id, include_option_labels: true }));
  assert.deepEqual([shown.name, shown.custom_fields[source.field_code]], ['Ann Lee', { id: mail.id, label: 'E-mail' }]);
  assert.deepEqual(names(await data(persons.getPersons({ org_id: acme.id }))), ['Ann Lee']);
  assert.deepEqual(names(await data(persons.getPersons({ ids: `${ann.id},${bob.id}` }))), ['Ann Lee', 'Bob']);
  await strictness(source);
  return { ann, bob };
}

async function strictness(source) {
  const hash = 'f0'.repeat(20);
  const add = (more) => persons.addPerson({ AddPersonRequest: { name: 'X', ...more } });
  const failed = 'ERR_SCHEMA_VALIDATION_FAILED';
  await refused(add({ [hash]: 'x' }), failed, `${hash}: Parameter '${hash}' is not allowed for this request`);
  await refused(add({ custom_fields: { [hash]: 'x' } }), failed, hash);
  await refused(add({ custom_fields: { [source.field_code]: 'Fair' } }), failed, "Expected 'number'");
  await refused(add({ custom_fields: { [source.field_code]: NOTHING_SUCH } }), failed, 'does not exist');
  await refused(add({ owner_id: '1' }), failed, "Expected 'integer'");
  await refused(persons.getPersons({ updated_since: '2025-01-01T10:20:00.5Z' }), failed, 'not a valid datetime');
}

async function dealRecords(ann, acme, { pipeline, stage }) {
  const links = { person_id: ann.id, org_id: acme.id, stage_id: stage.id };
  const request = { title: 'Big', value: 10.5, currency: 'EUR', ...links };
  const deal = await data(deals.addDeal({ AddDealRequest: request }));
  assert.deepEqual([deal.pipeline_id, deal.status, deal.value, deal.currency], [pipeline.id, 'open', 10.5, 'EUR']);
  const won = await data(deals.updateDeal({ id: deal.id, UpdateDealRequest: { status: 'won' } }));
  assert.equal(won.close_time, won.won_time);
  assert.deepEqual(ids(await data(deals.getDeals({ status: 'won', person_id: ann.id }))), [deal.id]);
  const old = await data(deals.addDeal({ AddDealRequest: { title: 'Old', is_archived: true } }));
  assert.deepEqual(ids(await data(deals.getArchivedDeals())), [old.id]);
  assert.equal((await data(deals.getDeal({ id: old.id }))).is_archived, true);
  return { deal, old };
}

async function activityRecords(type, ann, bob) {
  const request = {
    subject: 'Spring offer',
    type: type.key_string,
    due_date: '2024-03-01',
    due_time: '15:04',
    done: true,
    participants: [{ person_id: bob.id }, { person_id: ann.id, primary: true }],
    note: 'Status: opened<br>',
  };
  const sent = await data(activities.addActivity({ AddActivityRequest: request }));
  assert.deepEqual([sent.person_id, sent.due_time, sent.done, sent.type], [ann.id, '15:04:00', true, type.key_string]);
  const note = { note: 'Status: clicked<br>' };
  await data(activities.updateActivity({ id: sent.id, AddActivityRequest: note })); // the client's name for both
  const shown = await data(activities.getActivity({ id: sent.id, include_fields: 'attendees' }));
  assert.deepEqual([shown.note, shown.attendees], [note.note, []]);
  assert.deepEqual(ids(await data(activities.getActivities({ person_id: ann.id, done: true }))), [sent.id]);
  const readOnly = activities.addActivity({ AddActivityRequest: { subject: 'X', person_id: ann.id } });
  await refused(readOnly, 'ERR_BAD_REQUEST', "'person_id' is a read-only field.");
  return sent;
}

async function searches({ ann, acme, labs, deal, old }) {
  const found = (answer) => answer.items.map((hit) => hit.item.id);
  await indexed();
  const exact = { term: 'ANN@acme.example', fields: 'email', exact_match: true };
  const [hit] = (await data(persons.searchPersons(exact))).items;
  assert.deepEqual([hit.item.id, hit.item.organization.name, hit.item.emails.length], [ann.id, 'Acme', 2]);
  const firms = await data(organizations.searchOrganization({ term: 'acme', fields: 'name' }));
  assert.deepEqual(found(firms), [acme.id, labs.id]);
  assert.deepEqual(found(await data(deals.searchDeals({ term: 'big', status: 'won' }))), [deal.id]);
  const everything = await data(items.searchItem({ term: 'acme', item_types: 'organization' }));
  assert.deepEqual(found(everything), [acme.id, labs.id]);
  const byName = { entity_type: 'person', field: 'name' };
  assert.deepEqual(ids(await data(items.searchItemByField({ ...byName, term: 'Ann Lee' }))), [ann.id]);
  assert.deepEqual(await data(items.searchItemByField({ ...byName, term: 'ann lee' })), []);
  await refused(persons.searchPersons({ term: 'a' }), undefined, 'term');
  await data(persons.addPerson({ AddPersonRequest: { name: 'Latecomer' } }));
  assert.deepEqual(found(await data(persons.searchPersons({ term: 'latecomer' }))), [], 'the index lags');
  await indexed();
  assert.equal(found(await data(persons.searchPersons({ term: 'latecomer' }))).length, 1);
  assert.equal(old.is_archived, true);
}

async function attachments({ ann, acme, labs }) {
  assert.equal(await data(notes.getNotes()), null);
  const request = { content: '<b>Hi</b>', person_id: ann.id, add_time: '2019-01-02 03:04:05' };
  const note = await data(notes.addNote({ AddNoteRequest: request }));
  assert.deepEqual([note.content, note.add_time, note.person.name], [request.content, request.add_time, 'Ann Lee']);
  await data(notes.updateNote({ id: note.id, NoteRequest: { content: 'New' } }));
  assert.equal((await data(notes.getNote({ id: note.id }))).content, 'New');
  const page = await notes.getNotes({ person_id: ann.id, start: 0, limit: 10 });
  assert.deepEqual([ids(page.data), page.additional_data.pagination.more_items_in_collection], [[note.id], false]);

  const content = 'a,b\n1,2\n';
  const upload = new File([content], 'list.csv', { type: 'text/csv' });
  const file = await data(files.addFile({ file: upload, person_id: ann.id }));
  assert.deepEqual([file.person_id, file.file_size, file.name], [ann.id, content.length, 'list.csv']);
  await data(files.updateFile({ id: file.id, description: 'Sends' }));
  assert.equal((await data(files.getFile({ id: file.id }))).description, 'Sends');
  assert.deepEqual(ids(await data(files.getFiles())), [file.id]);
  assert.equal(Buffer.from(await files.downloadFile({ id: file.id })).toString(), content);

  const parent = { type: 'parent', rel_owner_org_id: acme.id, rel_linked_org_id: labs.id };
  const bond = await data(relationships.addOrganizationRelationship({ AddOrganizationRelationshipRequest: parent }));
  const [seen] = await data(relationships.getOrganizationRelationships({ org_id: labs.id }));
  assert.deepEqual([seen.id, seen.calculated_type, seen.related_organization_name], [bond.id, 'parent', 'Acme']);
  const loose = { id: bond.id, OrganizationRelationship: { type: 'related' } };
  await data(relationships.updateOrganizationRelationship(loose));
  assert.equal((await data(relationships.getOrganizationRelationship({ id: bond.id }))).type, 'related');
  return { note, file, bond };
}

async function merges() {
  const twin = (name) => data(persons.addPerson({ AddPersonRequest: { name } }));
  const [loser, survivor] = [await twin('Twin'), await twin('Twin kept')];
  const merging = { id: loser.id, MergePersonsRequest: { merge_with_id: survivor.id } };
  await data(open(v1, v1.PersonsApi).mergePersons(merging));
  assert.equal((await data(persons.getPerson({ id: loser.id }))).is_deleted, true);
  const firm = (name) => data(organizations.addOrganization({ AddOrganizationRequest: { name } }));
  const [lost, kept] = [await firm('Firm'), await firm('Firm kept')];
  const joining = { id: lost.id, MergeOrganizationsRequest: { merge_with_id: kept.id } };
  await data(open(v1, v1.OrganizationsApi).mergeOrganizations(joining));
  assert.equal((await data(organizations.getOrganization({ id: kept.id }))).is_deleted, false);
}

async function deletions(made) {
  const { note, file, bond, sent, type, pipeline, stage } = made;
  assert.equal(await data(notes.deleteNote({ id: note.id })), true);
  assert.deepEqual(await data(files.deleteFile({ id: file.id })), { id: file.id });
  assert.deepEqual(await data(relationships.deleteOrganizationRelationship({ id: bond.id })), { id: bond.id });
  assert.equal(await data(notes.getNotes()), null);
  assert.deepEqual(await data(activities.deleteActivity({ id: sent.id })), { id: sent.id });
  assert.equal((await data(activities.getActivity({ id: sent.id }))).is_deleted, true);
  for (const deal of [made.deal, made.old]) await data(deals.deleteDeal({ id: deal.id }));
  assert.deepEqual(ids(await data(deals.getDeals({ status: 'deleted' }))), [made.deal.id]);
  for (const id of ids(await data(persons.getPersons({ limit: 500 })))) await data(persons.deletePerson({ id }));
  assert.deepEqual(await data(persons.getPersons()), []);
  for (const id of ids(await data(organizations.getOrganizations()))) {
    assert.deepEqual(await data(organizations.deleteOrganization({ id })), { id });
  }
  assert.deepEqual(await data(stages.deleteStage({ id: stage.id })), { id: stage.id });
  assert.deepEqual(await data(pipelines.deletePipeline({ id: pipeline.id })), { id: pipeline.id });
  assert.equal((await data(activityTypes.deleteActivityType({ id: type.id }))).active_flag, false);
  for (const field of made.custom) {
    assert.equal((await field.remove()).field_code, field.field_code);
    assert.ok((await field.list()).every((one) => !one.is_custom_field));
  }
  await control('POST', '/sandbox/clock', { advance: 31 * 86400 });
  await refused(persons.getPerson({ id: made.ann.id }), 'ERR_NOT_FOUND', 'not found');
}

await account();
const type = await types();
const { pipeline, stage } = await sales();
const custom = [];
for (const entity of ['Person', 'Organization', 'Deal', 'Product', 'Project']) custom.push(await fields(entity));
await activityFields();
const { acme, labs } = await organizationRecords();
const { ann, bob } = await personRecords(acme, custom[0]);
const { deal, old } = await dealRecords(ann, acme, { pipeline, stage });
const sent = await activityRecords(type, ann, bob);
await searches({ ann, acme, labs, deal, old });
const attached = await attachments({ ann, acme, labs });
await merges();
await deletions({ ...attached, sent, deal, old, ann, type, pipeline, stage, custom });
console.log(JSON.stringify({ client: client.version, requests }));
