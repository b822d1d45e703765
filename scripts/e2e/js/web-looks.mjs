// How every page looks: its width, its contrast, and a screenshot.
import { join } from 'node:path';
import { contrast } from './contrast.mjs';
import { button, equal, folder, heading, independent, link, page, refused, signIn } from './web-harness.mjs';

for (const colorScheme of ['light', 'dark']) {
  for (const width of [390, 1280]) {
    independent(`every page, ${colorScheme}, ${width} px wide`, async (tab) => {
      const look = async (name) => {
        await tab.evaluate(() => document.fonts.ready.then(() => scrollTo({ top: 0, behavior: 'instant' })));
        await tab.screenshot({ path: join(folder, `web-${name}-${colorScheme}-${width}.png`), fullPage: !['menu', 'delete'].includes(name) });
        equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name}: nothing is beside the screen`);
        const outside = await tab.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80)));
        equal(outside, [], `${name}: what is outside the screen`);
        equal(await tab.evaluate(contrast), [], `${name}: texts with too little contrast`);
      };
      await tab.goto(page);
      await heading(tab, 'The new pontoon is open');
      await look('posts');
      await tab.goto(`${page}/mine`);
      await heading(tab, 'Please sign in');
      await look('please-sign-in');
      await signIn(tab, 'Ada', '/mine');
      await link(tab, 'Edit “The new pontoon is open”').waitFor();
      await look('own-posts');
      await tab.locator('summary').click();
      await link(tab, 'Your account').waitFor();
      await look('menu');
      await link(tab, 'Your account').click();
      await tab.getByText('content:write').waitFor();
      await look('account');
      await link(tab, 'People').click();
      await tab.getByLabel('Role of Mo').waitFor();
      await look('people');
      await link(tab, 'Report').click();
      await tab.getByText('Published').waitFor();
      await look('report');
      await link(tab, 'Write').click();
      await heading(tab, 'Write a post');
      await tab.getByLabel('Text').fill('A text without a title.');
      await button(tab, 'Publish').click();
      await tab.getByText('Title must not be empty.').waitFor();
      await look('write');
      await link(tab, 'Posts').click();
      await link(tab, 'What the November storm taught us').click();
      await tab.getByText('hoses for chafe protection').waitFor();
      await look('post');
      await button(tab, 'Delete “What the November storm taught us”').click();
      await heading(tab, 'Delete this post?');
      await look('delete');
      await button(tab, 'Keep it').click();
      await tab.goto(`${page}/posts/unknown`);
      await heading(tab, 'There is nothing here');
      await look('not-found');
    }, { ...refused, colorScheme, viewport: { width, height: width === 390 ? 844 : 900 }, hasTouch: width === 390 });
  }
}
